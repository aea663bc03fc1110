Attribute VB_Name = "PlatformRun"
' Excel: a verb is run by the Python of the workbook's own folder, or of the folder around it where that is the folder of
' workbooks; by no other. -I: neither the folder, nor PYTHONPATH, nor packages of the user are looked at for modules.
' RunFrozenPython is xlwings' own way to start a program with arguments and to tell it which workbook calls.
Option Explicit

Public Sub RunVerb(ByVal Verb As String)
    Dim Python As String
    If InStr(ThisWorkbook.FullName, "://") > 0 Then
        MsgBox ThisWorkbook.Named("online"), vbExclamation
        Exit Sub
    End If
    Python = ProgramFolder(ThisWorkbook.Path) & "\python\python.exe"
    If Not FileExists(Python) Then
        MsgBox ThisWorkbook.Named("program") & vbCrLf & Python, vbExclamation
        Exit Sub
    End If
    RunFrozenPython Python, "-I -B -m xltools.office " & Verb
End Sub

Public Function ProgramFolder(ByVal Place As String) As String
    ' the folder of workbooks (U+5DE5 U+4F5C U+7C3F) lies in the folder of the program
    Dim Books As String
    Books = "\" & ChrW(&H5DE5) & ChrW(&H4F5C) & ChrW(&H7C3F)
    ProgramFolder = Place
    If Len(Place) > Len(Books) And Right$(Place, Len(Books)) = Books Then
        ProgramFolder = Left$(Place, Len(Place) - Len(Books))
    End If
End Function
